"""Where the companies of the English sample data are, what they do and what they are called."""

from templates_gallery.sample_crm import chinese

REGIONS = {
    "江苏": "Jiangsu", "浙江": "Zhejiang", "上海": "Shanghai", "安徽": "Anhui", "山东": "Shandong", "湖北": "Hubei",
    "福建": "Fujian", "广东": "Guangdong", "湖南": "Hunan", "江西": "Jiangxi", "四川": "Sichuan", "重庆": "Chongqing",
    "陕西": "Shaanxi", "北京": "Beijing", "天津": "Tianjin", "辽宁": "Liaoning", "河北": "Hebei",
}  # fmt: skip
CITIES = {
    "上海": "Shanghai", "东莞": "Dongguan", "中山": "Zhongshan", "佛山": "Foshan", "北京": "Beijing", "南京": "Nanjing",
    "南昌": "Nanchang", "南通": "Nantong", "厦门": "Xiamen", "台州": "Taizhou", "合肥": "Hefei", "嘉兴": "Jiaxing",
    "大连": "Dalian", "天津": "Tianjin", "宁波": "Ningbo", "常州": "Changzhou", "广州": "Guangzhou", "徐州": "Xuzhou",
    "惠州": "Huizhou", "成都": "Chengdu", "无锡": "Wuxi", "昆山": "Kunshan", "杭州": "Hangzhou", "株洲": "Zhuzhou",
    "武汉": "Wuhan", "沈阳": "Shenyang", "泉州": "Quanzhou", "泰州": "Taizhou (Jiangsu)", "济南": "Jinan",
    "深圳": "Shenzhen", "温州": "Wenzhou", "潍坊": "Weifang", "烟台": "Yantai", "珠海": "Zhuhai",
    "石家庄": "Shijiazhuang", "绍兴": "Shaoxing", "芜湖": "Wuhu", "苏州": "Suzhou", "襄阳": "Xiangyang", "西安": "Xi'an",
    "重庆": "Chongqing", "长沙": "Changsha", "青岛": "Qingdao",
}  # fmt: skip
INDUSTRIES = {
    "半导体": "Semiconductors", "机械装备": "Machinery", "汽车零部件": "Automotive parts", "电子": "Electronics",
    "医疗": "Medical", "物流": "Logistics", "食品饮料": "Food and drinks", "纺织": "Textiles", "新能源": "New energy",
    "建材": "Building materials", "航空航天": "Aerospace",
}  # fmt: skip

# name, short name
_COMPANIES = (
    ("Wuxi Jingchuang Semiconductor Co., Ltd.", "Jingchuang Semiconductor"),
    ("Suzhou Liantuo Precision Machinery Co., Ltd.", "Liantuo Precision"),
    ("Changzhou Hengtai Precision Manufacturing Inc.", "Hengtai Precision"),
    ("Nanjing Yunling Electronics Co., Ltd.", "Yunling Electronics"),
    ("Nantong Haisheng Marine Supplies Co., Ltd.", "Haisheng Marine"),
    ("Xuzhou Zhongyuan Construction Machinery Co., Ltd.", "Zhongyuan Machinery"),
    ("Kunshan Huayi Circuit Boards Co., Ltd.", "Huayi Circuits"),
    ("Taizhou Kangze Pharma Packaging Co., Ltd.", "Kangze Pharma"),
    ("Hangzhou Xianghu Smart Equipment Co., Ltd.", "Xianghu Smart"),
    ("Ningbo Ganglian Supply Chain Co., Ltd.", "Ganglian Supply"),
    ("Wenzhou Ouda Electric Inc.", "Ouda Electric"),
    ("Jiaxing Hesheng Foods Co., Ltd.", "Hesheng Foods"),
    ("Shaoxing Yuefang Textile Group", "Yuefang Group"),
    ("Shaoxing Yuefang Smart Technology Co., Ltd.", "Yuefang Smart"),
    ("Taizhou Jinmo Plastics Co., Ltd.", "Jinmo Plastics"),
    ("Shanghai Lingang Qiyuan Power Co., Ltd.", "Qiyuan Power"),
    ("Shanghai Shenpu Automotive Electronics Co., Ltd.", "Shenpu Automotive"),
    ("Shanghai Huwei Medical Devices Co., Ltd.", "Huwei Medical"),
    ("Shanghai East Bank Cold Chain Co., Ltd.", "East Bank Cold Chain"),
    ("Hefei Zhongke Metrology Co., Ltd.", "Zhongke Metrology"),
    ("Hefei Luneng Energy Storage Co., Ltd.", "Luneng Storage"),
    ("Wuhu Jiangcheng Auto Parts Co., Ltd.", "Jiangcheng Auto"),
    ("Qingdao Hairun Appliance Parts Co., Ltd.", "Hairun Parts"),
    ("Jinan Quangong Machine Tools Co., Ltd.", "Quangong Tools"),
    ("Yantai Bohai Food Industries Co., Ltd.", "Bohai Foods"),
    ("Weifang Yuandu Power Co., Ltd.", "Yuandu Power"),
    ("Wuhan Donghu Optoelectronics Co., Ltd.", "Donghu Opto"),
    ("Wuhan Jiang'an CNC Equipment Co., Ltd.", "Jiang'an CNC"),
    ("Xiangyang Hanjiang Bearings Co., Ltd.", "Hanjiang Bearings"),
    ("Xiamen Ludao Smart Displays Co., Ltd.", "Ludao Displays"),
    ("Quanzhou Minjiang Ceramics Co., Ltd.", "Minjiang Ceramics"),
    ("Shenzhen Pengxin Microelectronics Co., Ltd.", "Pengxin Micro"),
    ("Shenzhen Xunlian Communications Co., Ltd.", "Xunlian Comms"),
    ("Shenzhen Blue Bay Smart Hardware Co., Ltd.", "Blue Bay Hardware"),
    ("Dongguan Zhaofeng Automation Co., Ltd.", "Zhaofeng Automation"),
    ("Dongguan Songhu New Materials Co., Ltd.", "Songhu Materials"),
    ("Foshan Nanhai Aluminium Group", "Nanhai Aluminium"),
    ("Foshan Nanhai Window Systems Co., Ltd.", "Nanhai Windows"),
    ("Guangzhou Pearl River Coach Parts Co., Ltd.", "Pearl River Coach"),
    ("Guangzhou Lingnan Dairy Co., Ltd.", "Lingnan Dairy"),
    ("Zhuhai Hengqin Avionics Co., Ltd.", "Hengqin Avionics"),
    ("Zhongshan Dengdu Lighting Inc.", "Dengdu Lighting"),
    ("Huizhou Daya Lithium Batteries Co., Ltd.", "Daya Lithium"),
    ("Changsha Sanxiang Heavy Industry Co., Ltd.", "Sanxiang Heavy"),
    ("Zhuzhou Guilian Motors Co., Ltd.", "Guilian Motors"),
    ("Nanchang Ganfeng Optics Co., Ltd.", "Ganfeng Optics"),
    ("Chengdu Yunqi Aviation Parts Co., Ltd.", "Yunqi Aviation"),
    ("Chengdu Jincheng Biopharma Co., Ltd.", "Jincheng Bio"),
    ("Chongqing Shancheng Drive Systems Co., Ltd.", "Shancheng Drives"),
    ("Chongqing Liangjiang Smart Making Co., Ltd.", "Liangjiang Smart"),
    ("Xi'an Tangyun Instruments Co., Ltd.", "Tangyun Instruments"),
    ("Xi'an Changkong Composites Co., Ltd.", "Changkong Composites"),
    ("Beijing Zhongguan Computing Co., Ltd.", "Zhongguan Computing"),
    ("Beijing Yanshan Industrial Services Co., Ltd.", "Yanshan Services"),
    ("Tianjin Binhai Moulds Inc.", "Binhai Moulds"),
    ("Tianjin Haihe Pharma Equipment Co., Ltd.", "Haihe Pharma"),
    ("Shenyang Tiexi Electromechanical Group", "Tiexi Electro"),
    ("Shenyang Tiexi Robotics Co., Ltd.", "Tiexi Robotics"),
    ("Dalian Bay Seafood Co., Ltd.", "Dalian Bay Foods"),
    ("Shijiazhuang Jizhong Pharma Co., Ltd.", "Jizhong Pharma"),
)
_SHORT = {row[1]: short for row, (_, short) in zip(chinese.CUSTOMERS, _COMPANIES, strict=True)} | {"": ""}
CUSTOMERS = tuple(
    (name, short, REGIONS[row[2]], CITIES[row[3]], INDUSTRIES[row[4]], *row[5:9], _SHORT[row[9]])
    for row, (name, short) in zip(chinese.CUSTOMERS, _COMPANIES, strict=True)
)
